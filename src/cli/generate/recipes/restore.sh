retr export work --to tar work.tar && retr restore work.tar --maildir Restored
