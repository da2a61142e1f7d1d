retr list work --json | jq -r 'select(.event == "listed" and .new)
    | [.date, .from[0].address, .subject] | @tsv'
