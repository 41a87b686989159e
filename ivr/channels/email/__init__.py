"""E-mail: received by SMTP and IMAP, read in a process of its own, answered once; RFC 5321, 5322, 3501, 3834."""
