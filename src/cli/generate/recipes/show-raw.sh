retr show work last --raw > message.eml
