
use builtin;
use re;
use str;

set edit:completion:arg-completer[retr] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'retr'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    set command = (re:replace '^(retr;fetch|retr;list|retr;show|retr;delete|retr;stat|retr;probe|retr;verify|retr;export|retr;state;show|retr;state;forget|retr;state;mark-seen|retr;state;move|retr;state;repair|retr;oauth;login|retr;oauth;status|retr;oauth;logout|retr;config;show);.*$' '$1' $command)
    var completions = [
        &'retr'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand fetch 'Store new messages'
            cand list 'List what is on the server'
            cand show 'Show messages as readable text'
            cand delete 'Delete messages on the server'
            cand stat 'Count messages and octets on the server'
            cand probe 'Show what a server is and can do'
            cand verify 'Prove that everything stored is still there, and unaltered'
            cand export 'Copy what was stored into an mbox, a Maildir, single files or a tar'
            cand restore 'Put mail from a Maildir, an mbox, single files or a tar into a target'
            cand state 'Look into the record of what was fetched, or change it'
            cand account 'Add accounts to the config file'
            cand oauth 'Sign in to OAuth2 providers'
            cand config 'Check, show or import a config file'
            cand demo 'Try the program without a mailbox'
            cand generate 'Print the man page, shell completions or the JSON schema'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;fetch'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --maildir 'Store into this Maildir'
            cand --mbox 'Append to this mbox (mboxrd)'
            cand --archive 'One read-only file a message, for back-ups'
            cand --mda 'Give each message to this command''s stdin'
            cand --lmtp 'Hand each message to this LMTP server'
            cand --delete-after 'Delete them this long after they were seen'
            cand --max-messages 'Fetch at most N messages'
            cand --max-size 'Leave larger messages out'
            cand --max-bytes 'Stop before a message that would exceed SIZE octets in total'
            cand --skip 'Leave messages whose header matches FIELD:GLOB'
            cand --filter 'Ask this command, by its exit code, what to fetch'
            cand --after-new 'Run this command if new messages were stored'
            cand --deliver-timeout 'Longest time for a message with --mda, --lmtp or --filter, and for --after-new [default: 10m]'
            cand --lock-wait 'Wait up to this long for another run [default: 0s]'
            cand --recipient 'Envelope recipient; never guessed from To or Cc'
            cand --sender 'Envelope sender: `return-path`, or always this address'
            cand --deliver-jobs 'Run up to N commands of --mda at once [default: 1]'
            cand --in-doubt 'What to do with a message that may have been handed on before a crash'
            cand --exit-empty 'Exit with this code when nothing was new [default: 0]'
            cand --jobs 'Fetch from up to N accounts at once [default: 4]'
            cand --shard 'Fetch only from the accounts of part I of N, counted from 0'
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --keep 'Leave stored messages there (the default)'
            cand --delete 'Delete stored messages from the server'
            cand --delete-verified 'Delete what an earlier run stored only if it is still here, unaltered'
            cand --delete-imported 'Also delete what `retr state import` says that another program fetched'
            cand --all 'Also fetch again what is no longer in the target'
            cand --newest-first 'Begin with the newest message'
            cand --no-uidl 'For servers without UIDL; needs --delete'
            cand --dry-run 'Show what would be done with each message, and why'
            cand --accept-uid-reset 'Go on although the server seems to have renumbered all its messages'
            cand --from-line 'Put a From_ line first, as procmail wants it'
            cand --id-header 'Put a field X-Retr-Id first, the same at every try'
            cand --retry-refused 'Try refused messages again at once'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;list'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand --new 'List only what was not fetched yet'
            cand --no-headers 'List without date, sender and subject, which is quicker'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;show'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --lines 'Ask for the header and the first N lines only (TOP)'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand --raw 'Show the message as it is, with LF line ends'
            cand --headers 'Show only the header, as it is (TOP)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;delete'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand --dry-run 'Only show what would be deleted'
            cand --yes 'Delete what was never fetched without asking'
            cand --no-uidl 'For servers without UIDL: delete by the numbers of this session'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;stat'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;probe'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;verify'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --manifest 'Write what is intact to FILE, in place of what it held'
            cand --manifest-check 'Compare the files that a manifest lists with it'
            cand --sample 'Read only this share of them, chosen at random'
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --maildir 'The Maildir to check'
            cand --mbox 'The mbox to check'
            cand --archive 'The archive to check'
            cand --mda 'What messages were handed to; with --server only'
            cand --lmtp 'The same for an LMTP server'
            cand --server 'Compare with what is on the server, too'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;export'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --to 'What it becomes: mboxrd, maildir, eml or tar (of eml)'
            cand --since 'Only what was first seen on this day (UTC) or later, as 2026-11-29'
            cand --until 'Only what was first seen on this day (UTC) or earlier'
            cand --maildir 'The Maildir where it was stored'
            cand --mbox 'The mbox where it was stored'
            cand --archive 'The archive where it was stored'
            cand --mda 'Give each message to this command''s stdin'
            cand --lmtp 'Hand each message to this LMTP server'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;restore'= {
            cand --maildir 'Store into this Maildir'
            cand --mbox 'Append to this mbox (mboxrd)'
            cand --archive 'One read-only file a message, for back-ups'
            cand --mda 'Give each message to this command''s stdin'
            cand --lmtp 'Hand each message to this LMTP server'
            cand --recipient 'Whom the messages are for, with --lmtp and {recipient}'
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --dry-run 'Only count what would be restored'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show what the ledger knows'
            cand forget 'Forget messages, so that they are fetched again'
            cand mark-seen 'Record messages on the server as seen, without fetching them'
            cand move 'Give the ledger of an account to another, for example one of a new host name'
            cand repair 'Keep what is whole in a damaged ledger'
            cand import 'Take over what another program has seen, so that it is not fetched again'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;state;show'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;forget'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand --missing 'Those that were stored, and are neither where they were put nor in the account''s target'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;mark-seen'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;move'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;repair'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;import'= {
            cand --from 'Program that wrote the file'
            cand --state-dir 'Where the record is kept [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;state;help'= {
            cand show 'Show what the ledger knows'
            cand forget 'Forget messages, so that they are fetched again'
            cand mark-seen 'Record messages on the server as seen, without fetching them'
            cand move 'Give the ledger of an account to another, for example one of a new host name'
            cand repair 'Keep what is whole in a damaged ledger'
            cand import 'Take over what another program has seen, so that it is not fetched again'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;state;help;show'= {
        }
        &'retr;state;help;forget'= {
        }
        &'retr;state;help;mark-seen'= {
        }
        &'retr;state;help;move'= {
        }
        &'retr;state;help;repair'= {
        }
        &'retr;state;help;import'= {
        }
        &'retr;state;help;help'= {
        }
        &'retr;account'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Find the server of an address, try the login, and write the account down'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;account;add'= {
            cand --name 'Name of the account [default: from the domain]'
            cand --host 'Take this server, and look for none'
            cand --client-id 'Log in by OAuth2, as this client'
            cand --autoconfig 'Look here for what the domain says of itself; {domain} stands for it'
            cand --ispdb 'Look here in place of Thunderbird''s database'
            cand --resolver 'Ask this name server for MX and SRV [default: those of /etc/resolv.conf]'
            cand --maildir 'Store into this Maildir'
            cand --mbox 'Append to this mbox (mboxrd)'
            cand --archive 'One read-only file a message, for back-ups'
            cand --mda 'Give each message to this command''s stdin'
            cand --lmtp 'Hand each message to this LMTP server'
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --offline 'Look into the built-in table only, and connect to nothing'
            cand --print 'Print the table for the config file, and ask and write nothing'
            cand -y 'Agree to a server that DNS or somebody else names'
            cand --yes 'Agree to a server that DNS or somebody else names'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;account;help'= {
            cand add 'Find the server of an address, try the login, and write the account down'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;account;help;add'= {
        }
        &'retr;account;help;help'= {
        }
        &'retr;oauth'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand login 'Sign in once, and keep the token'
            cand status 'Show whether a token is stored, and when it ends'
            cand logout 'Forget the token, and tell the provider where it has a place for that'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;oauth;login'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --device 'Enter a code on any device [default where the provider has it]'
            cand --browser 'Sign in by a browser on this machine'
            cand --paste 'Sign in by a browser anywhere, and paste the address it ends at'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;oauth;status'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;oauth;logout'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --tls 'When TLS starts'
            cand --tls-ca 'Trust the certificates in this PEM file too'
            cand --tls-pin 'Demand this certificate (sha256:HEX) besides the usual checks'
            cand --tls-name 'Expect this name in the certificate instead of the host'
            cand --tls-min 'Lowest TLS version to accept [default: 1.2]'
            cand --tls-client 'Client certificate and key (PEM or PKCS#12)'
            cand --auth 'Login mechanism [default: auto]'
            cand --password-file 'Read the password, the only line, from this file'
            cand --password-command 'Run this command and read the password from its output'
            cand --password-fd 'Read the password of one account from this open file descriptor'
            cand --timeout 'Longest single wait for the server [default: 60s]'
            cand --deadline 'Longest whole run [default: 1h]'
            cand --proxy 'Connect through a SOCKS5 proxy, which also resolves the host name'
            cand --tunnel 'Talk to the server through this command''s stdin and stdout'
            cand --socket 'Connect to this unix socket'
            cand --bind 'Connect from this address of this machine'
            cand --pipelining 'Send commands before earlier ones are answered [default: auto]'
            cand --state-dir 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --tls-pin-only 'Let the pin replace the usual checks (self-signed servers)'
            cand --insecure-plaintext 'Let the password go unencrypted to another machine (with --tls none)'
            cand -4 'Use IPv4 only'
            cand --ipv4 'Use IPv4 only'
            cand -6 'Use IPv6 only'
            cand --ipv6 'Use IPv6 only'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;oauth;help'= {
            cand login 'Sign in once, and keep the token'
            cand status 'Show whether a token is stored, and when it ends'
            cand logout 'Forget the token, and tell the provider where it has a place for that'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;oauth;help;login'= {
        }
        &'retr;oauth;help;status'= {
        }
        &'retr;oauth;help;logout'= {
        }
        &'retr;oauth;help;help'= {
        }
        &'retr;config'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand check 'Check the config file and every account in it'
            cand show 'Show what holds for accounts, with the defaults filled in'
            cand path 'Print where the config file is expected'
            cand import 'Convert an mpop, fetchmail or getmail config (prints it)'
            cand accounts 'Print the names of all accounts, for completion'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;config;check'= {
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;config;show'= {
            try { e:retr config accounts 2>/dev/null | each {|name| edit:complex-candidate $name } } catch error { }
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;config;path'= {
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;config;import'= {
            cand --from 'Program that the file was written for'
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;config;accounts'= {
            cand --config 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]'
            cand --progress 'Show progress: auto, always or never'
            cand --color 'Use colours: auto, always or never'
            cand --json 'Write one JSON object a line to stdout'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Report each step; twice: the dialogue with the server too'
            cand --verbose 'Report each step; twice: the dialogue with the server too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;config;help'= {
            cand check 'Check the config file and every account in it'
            cand show 'Show what holds for accounts, with the defaults filled in'
            cand path 'Print where the config file is expected'
            cand import 'Convert an mpop, fetchmail or getmail config (prints it)'
            cand accounts 'Print the names of all accounts, for completion'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;config;help;check'= {
        }
        &'retr;config;help;show'= {
        }
        &'retr;config;help;path'= {
        }
        &'retr;config;help;import'= {
        }
        &'retr;config;help;accounts'= {
        }
        &'retr;config;help;help'= {
        }
        &'retr;demo'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'retr;generate'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand man 'Print the man page (roff)'
            cand schema 'Print the JSON schema of what --json writes'
            cand completions 'Print the completions of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;generate;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'retr;generate;schema'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'retr;generate;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'retr;generate;help'= {
            cand man 'Print the man page (roff)'
            cand schema 'Print the JSON schema of what --json writes'
            cand completions 'Print the completions of a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;generate;help;man'= {
        }
        &'retr;generate;help;schema'= {
        }
        &'retr;generate;help;completions'= {
        }
        &'retr;generate;help;help'= {
        }
        &'retr;help'= {
            cand fetch 'Store new messages'
            cand list 'List what is on the server'
            cand show 'Show messages as readable text'
            cand delete 'Delete messages on the server'
            cand stat 'Count messages and octets on the server'
            cand probe 'Show what a server is and can do'
            cand verify 'Prove that everything stored is still there, and unaltered'
            cand export 'Copy what was stored into an mbox, a Maildir, single files or a tar'
            cand restore 'Put mail from a Maildir, an mbox, single files or a tar into a target'
            cand state 'Look into the record of what was fetched, or change it'
            cand account 'Add accounts to the config file'
            cand oauth 'Sign in to OAuth2 providers'
            cand config 'Check, show or import a config file'
            cand demo 'Try the program without a mailbox'
            cand generate 'Print the man page, shell completions or the JSON schema'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'retr;help;fetch'= {
        }
        &'retr;help;list'= {
        }
        &'retr;help;show'= {
        }
        &'retr;help;delete'= {
        }
        &'retr;help;stat'= {
        }
        &'retr;help;probe'= {
        }
        &'retr;help;verify'= {
        }
        &'retr;help;export'= {
        }
        &'retr;help;restore'= {
        }
        &'retr;help;state'= {
            cand show 'Show what the ledger knows'
            cand forget 'Forget messages, so that they are fetched again'
            cand mark-seen 'Record messages on the server as seen, without fetching them'
            cand move 'Give the ledger of an account to another, for example one of a new host name'
            cand repair 'Keep what is whole in a damaged ledger'
            cand import 'Take over what another program has seen, so that it is not fetched again'
        }
        &'retr;help;state;show'= {
        }
        &'retr;help;state;forget'= {
        }
        &'retr;help;state;mark-seen'= {
        }
        &'retr;help;state;move'= {
        }
        &'retr;help;state;repair'= {
        }
        &'retr;help;state;import'= {
        }
        &'retr;help;account'= {
            cand add 'Find the server of an address, try the login, and write the account down'
        }
        &'retr;help;account;add'= {
        }
        &'retr;help;oauth'= {
            cand login 'Sign in once, and keep the token'
            cand status 'Show whether a token is stored, and when it ends'
            cand logout 'Forget the token, and tell the provider where it has a place for that'
        }
        &'retr;help;oauth;login'= {
        }
        &'retr;help;oauth;status'= {
        }
        &'retr;help;oauth;logout'= {
        }
        &'retr;help;config'= {
            cand check 'Check the config file and every account in it'
            cand show 'Show what holds for accounts, with the defaults filled in'
            cand path 'Print where the config file is expected'
            cand import 'Convert an mpop, fetchmail or getmail config (prints it)'
            cand accounts 'Print the names of all accounts, for completion'
        }
        &'retr;help;config;check'= {
        }
        &'retr;help;config;show'= {
        }
        &'retr;help;config;path'= {
        }
        &'retr;help;config;import'= {
        }
        &'retr;help;config;accounts'= {
        }
        &'retr;help;demo'= {
        }
        &'retr;help;generate'= {
            cand man 'Print the man page (roff)'
            cand schema 'Print the JSON schema of what --json writes'
            cand completions 'Print the completions of a shell'
        }
        &'retr;help;generate;man'= {
        }
        &'retr;help;generate;schema'= {
        }
        &'retr;help;generate;completions'= {
        }
        &'retr;help;help'= {
        }
    ]
    $completions[$command]
}
