seq 0 3 | xargs -P 4 -I{} retr fetch --shard {}/4
