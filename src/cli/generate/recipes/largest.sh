retr list work --no-headers --json | jq -rs '
    map(select(.event == "listed")) | sort_by(.size) | reverse
    | .[:10][] | [.number, .size, .uid] | @tsv'
