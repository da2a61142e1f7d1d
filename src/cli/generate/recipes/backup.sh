retr fetch work && retr verify work --server
