seq 0 3 | parallel -j 4 retr fetch --shard {}/4
