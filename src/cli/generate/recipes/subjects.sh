retr fetch work --json | jq -r 'select(.event == "message").subject'
