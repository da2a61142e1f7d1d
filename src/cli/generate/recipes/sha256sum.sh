retr fetch work --json | jq -r 'select(.event == "message")
    | "\(.sha256)  \(.maildir)"' | sha256sum --check
