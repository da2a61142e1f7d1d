grep -rli '^subject:.*invoice' ~/archive
retr restore ~/archive/2026/11/SHA256.eml --maildir ~/Mail/found
