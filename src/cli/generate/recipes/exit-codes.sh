retr fetch --json | jq -r 'select(.event == "summary")
    | [.account, .exit, .stored] | @tsv'
