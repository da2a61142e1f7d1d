# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_retr_global_optspecs
    string join \n h/help V/version
end

function __fish_retr_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_retr_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_retr_using_subcommand
    set -l cmd (__fish_retr_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c retr -n "__fish_retr_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_needs_command" -s V -l version -d 'Print version'
complete -c retr -n "__fish_retr_needs_command" -f -a "fetch" -d 'Store new messages'
complete -c retr -n "__fish_retr_needs_command" -f -a "list" -d 'List what is on the server'
complete -c retr -n "__fish_retr_needs_command" -f -a "show" -d 'Show messages as readable text'
complete -c retr -n "__fish_retr_needs_command" -f -a "delete" -d 'Delete messages on the server'
complete -c retr -n "__fish_retr_needs_command" -f -a "stat" -d 'Count messages and octets on the server'
complete -c retr -n "__fish_retr_needs_command" -f -a "probe" -d 'Show what a server is and can do'
complete -c retr -n "__fish_retr_needs_command" -f -a "verify" -d 'Prove that everything stored is still there, and unaltered'
complete -c retr -n "__fish_retr_needs_command" -f -a "export" -d 'Copy what was stored into an mbox, a Maildir, single files or a tar'
complete -c retr -n "__fish_retr_needs_command" -f -a "restore" -d 'Put mail from a Maildir, an mbox, single files or a tar into a target'
complete -c retr -n "__fish_retr_needs_command" -f -a "state" -d 'Look into the record of what was fetched (the ledger), or change it'
complete -c retr -n "__fish_retr_needs_command" -f -a "account" -d 'Add accounts to the config file'
complete -c retr -n "__fish_retr_needs_command" -f -a "oauth" -d 'Sign in to OAuth2 providers'
complete -c retr -n "__fish_retr_needs_command" -f -a "config" -d 'Check, show or import a config file'
complete -c retr -n "__fish_retr_needs_command" -f -a "demo" -d 'Try the program without a mailbox'
complete -c retr -n "__fish_retr_needs_command" -f -a "generate" -d 'Print the man page, shell completions or the JSON schema'
complete -c retr -n "__fish_retr_needs_command" -f -a "help" -d 'Print help on a command or a topic'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l maildir -d 'Store into this Maildir' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l mbox -d 'Append to this mbox (mboxrd)' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l archive -d 'Store each message as one read-only file' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l mda -d 'Hand each message to this command\'s stdin' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l lmtp -d 'Hand each message to this LMTP server' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l delete-after -d 'Delete them this long after they were seen' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l max-messages -d 'Fetch at most N messages' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l max-size -d 'Leave larger messages out' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l max-bytes -d 'Stop before a message that would exceed SIZE octets in total' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l skip -d 'Leave on the server what matches FIELD:GLOB' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l filter -d 'Let this command decide which messages to fetch' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l after-new -d 'Run this command if new messages were stored' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l deliver-timeout -d 'Longest time for a message with --mda, --lmtp or --filter, and for --after-new [default: 10m]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l lock-wait -d 'Wait up to this long for another run [default: 0s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l recipient -d 'Envelope recipient; never guessed from To or Cc' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l sender -d 'Envelope sender: `return-path`, or always this address' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l deliver-jobs -d 'Run up to N commands of --mda at once [default: 1]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l in-doubt -d 'What to do with a message that may have been handed on before a crash' -r -f -a "again\t'It is handed on again under the same id, with a warning'
hold\t'It stays on the server until the user says what becomes of it'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l exit-empty -d 'Exit with this code when nothing was new [default: 0]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l jobs -d 'Fetch from up to N accounts at once [default: 4]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l shard -d 'Fetch only from the accounts of part I of N, counted from 0' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand fetch" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand fetch" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand fetch" -l keep -d 'Leave stored messages there (the default)'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l delete -d 'Delete stored messages from the server'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l delete-verified -d 'Delete what an earlier run stored only if it is still here, unaltered'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l delete-imported -d 'Also delete what `retr state import` says that another program fetched'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l all -d 'Also fetch again what is no longer in the target'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l newest-first -d 'Begin with the newest message'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l no-uidl -d 'For servers without UIDL; needs --delete'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l dry-run -d 'Show what would be done with each message, and why'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l accept-uid-reset -d 'Go on although the server seems to have renumbered all its messages'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l from-line -d 'Put a From_ line first, as procmail wants it'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l id-header -d 'Put a field X-Retr-Id first, the same at every try'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l retry-refused -d 'Try refused messages again at once'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand fetch" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand fetch" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand fetch" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand fetch" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand fetch" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand list" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand list" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand list" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand list" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand list" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand list" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand list" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand list" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand list" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand list" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand list" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand list" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand list" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand list" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand list" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand list" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand list" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand list" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand list" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand list" -l new -d 'List only what was not fetched yet'
complete -c retr -n "__fish_retr_using_subcommand list" -l no-headers -d 'List without date, sender and subject, which is quicker'
complete -c retr -n "__fish_retr_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand show" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand show" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand show" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand show" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand show" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand show" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand show" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand show" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand show" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand show" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand show" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand show" -l lines -d 'Ask for the header and the first N lines only (TOP)' -r -f
complete -c retr -n "__fish_retr_using_subcommand show" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand show" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand show" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand show" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand show" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand show" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand show" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand show" -l raw -d 'Show the message as it is, with LF line ends'
complete -c retr -n "__fish_retr_using_subcommand show" -l headers -d 'Show only the header, as it is (TOP)'
complete -c retr -n "__fish_retr_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand delete" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand delete" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand delete" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand delete" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand delete" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand delete" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand delete" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand delete" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand delete" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand delete" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand delete" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand delete" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand delete" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand delete" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand delete" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand delete" -l dry-run -d 'Only show what would be deleted'
complete -c retr -n "__fish_retr_using_subcommand delete" -l yes -d 'Delete what was never fetched without asking'
complete -c retr -n "__fish_retr_using_subcommand delete" -l no-uidl -d 'For servers without UIDL: delete by the numbers of this session'
complete -c retr -n "__fish_retr_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand stat" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand stat" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand stat" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand stat" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand stat" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand stat" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand stat" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand stat" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand stat" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand stat" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand stat" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand stat" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand stat" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand stat" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand stat" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand probe" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand probe" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand probe" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand probe" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand probe" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand probe" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand probe" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand probe" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand probe" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand probe" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand probe" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand probe" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand probe" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand probe" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand probe" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand verify" -l manifest -d 'Write what is intact to FILE, in place of what it held' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l manifest-check -d 'Compare the files that a manifest lists with it' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l sample -d 'With --manifest-check: read only this share, at random' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l maildir -d 'The Maildir to check' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l mbox -d 'The mbox to check' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l archive -d 'The archive to check' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l mda -d 'What messages were handed to; with --server only' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l lmtp -d 'The same for an LMTP server' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand verify" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand verify" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand verify" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand verify" -l server -d 'Compare with what is on the server, too'
complete -c retr -n "__fish_retr_using_subcommand verify" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand verify" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand verify" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand verify" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand verify" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand verify" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand export" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand export" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand export" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand export" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand export" -l to -d 'Its form: mboxrd (an mbox), maildir, eml (a file each) or tar (of eml)' -r -f -a "mboxrd\t'One mbox'
maildir\t'A Maildir'
eml\t'A folder with a file for each message'
tar\t'A tar of such files'"
complete -c retr -n "__fish_retr_using_subcommand export" -l since -d 'Only what retr first saw on this day (UTC) or later, as 2026-11-29' -r -f
complete -c retr -n "__fish_retr_using_subcommand export" -l until -d 'Only what retr first saw on this day (UTC) or earlier' -r -f
complete -c retr -n "__fish_retr_using_subcommand export" -l maildir -d 'The Maildir where it was stored' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand export" -l mbox -d 'The mbox where it was stored' -r -F
complete -c retr -n "__fish_retr_using_subcommand export" -l archive -d 'The archive where it was stored' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand export" -l mda -d 'Hand each message to this command\'s stdin' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand export" -l lmtp -d 'Hand each message to this LMTP server' -r -F
complete -c retr -n "__fish_retr_using_subcommand export" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand export" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand export" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand export" -l zstd -d 'Pack it by zstd (mboxrd and tar)'
complete -c retr -n "__fish_retr_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand restore" -l maildir -d 'Store into this Maildir' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand restore" -l mbox -d 'Append to this mbox (mboxrd)' -r -F
complete -c retr -n "__fish_retr_using_subcommand restore" -l archive -d 'Store each message as one read-only file' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand restore" -l mda -d 'Hand each message to this command\'s stdin' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand restore" -l lmtp -d 'Hand each message to this LMTP server' -r -F
complete -c retr -n "__fish_retr_using_subcommand restore" -l recipient -d 'Whom the messages are for, with --lmtp and {recipient}' -r -f
complete -c retr -n "__fish_retr_using_subcommand restore" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand restore" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand restore" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand restore" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand restore" -l dry-run -d 'Only count what would be restored'
complete -c retr -n "__fish_retr_using_subcommand restore" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand restore" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand restore" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "show" -d 'Show what the ledger knows of each message'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "forget" -d 'Forget messages, so that they are fetched again'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "mark-seen" -d 'Record messages on the server as seen, without fetching them'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "move" -d 'Give the ledger of an account to another, for example one of a new host name'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "repair" -d 'Keep what is whole in a damaged ledger'
complete -c retr -n "__fish_retr_using_subcommand state; and not __fish_seen_subcommand_from show forget mark-seen move repair import" -f -a "import" -d 'Take over what another program has seen, so that it is not fetched again'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -l missing -d 'Those that were stored, and are neither where they were put nor in the account\'s target'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l from -d 'Program that wrote the file' -r -f -a "mpop\t''
fetchmail\t''
getmail\t''
fdm\t''"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l state-dir -d 'Where the record is kept [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand account; and not __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand account; and not __fish_seen_subcommand_from add" -f -a "add" -d 'Find the server of an address, try the login, and write the account down'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l name -d 'Name of the account [default: from the domain]' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l user -d 'Name to log in with, where it is not the address' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l host -d 'Take this server, and look for none' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l client-id -d 'Log in by OAuth2, as this client' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l autoconfig -d 'Look here for what the domain says of itself; {domain} stands for it' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l ispdb -d 'Look here in place of Thunderbird\'s database' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l resolver -d 'Ask this name server for MX and SRV [default: those of /etc/resolv.conf]' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l maildir -d 'Store into this Maildir' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l mbox -d 'Append to this mbox (mboxrd)' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l archive -d 'Store each message as one read-only file' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l mda -d 'Hand each message to this command\'s stdin' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l lmtp -d 'Hand each message to this LMTP server' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l recipient -d 'Whom messages are for that are handed on by --lmtp or --mda' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l offline -d 'Look for the server in the built-in table only'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l print -d 'Print the table for the config file, and ask and write nothing'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s y -l yes -d 'Agree to a server that DNS or somebody else names'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand account; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand oauth; and not __fish_seen_subcommand_from login status logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand oauth; and not __fish_seen_subcommand_from login status logout" -f -a "login" -d 'Sign in once, and keep the token'
complete -c retr -n "__fish_retr_using_subcommand oauth; and not __fish_seen_subcommand_from login status logout" -f -a "status" -d 'Show whether a token is stored, and when it ends'
complete -c retr -n "__fish_retr_using_subcommand oauth; and not __fish_seen_subcommand_from login status logout" -f -a "logout" -d 'Forget the token, and have the provider revoke it where it can'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l device -d 'Enter a code on any device [default where the provider has it]'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l browser -d 'Sign in by a browser on this machine'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l paste -d 'Sign in by a browser anywhere, and paste the address it ends at'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls -d 'When TLS starts' -r -f -a "implicit\t'From the first byte (port 995)'
starttls\t'By STARTTLS, which the server must offer (port 110)'
none\t'No encryption; a password is then sent only to this machine'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-ca -d 'Trust the certificates in this PEM file too' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-pin -d 'Demand this certificate (sha256:HEX) besides the usual checks' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-name -d 'Expect this name in the certificate instead of the host' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-min -d 'Lowest TLS version to accept [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-client -d 'Client certificate and key (PEM or PKCS#12)' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l auth -d 'Login mechanism [default: auto]' -r -f -a "auto\t'The best of SCRAM, PLAIN and USER/PASS that the server offers'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
user\t'The commands USER and PASS'
apop\t'The command APOP'
cram-md5\t'SASL CRAM-MD5'
scram-sha-1\t'SASL SCRAM-SHA-1'
scram-sha-256\t'SASL SCRAM-SHA-256'
xoauth2\t'OAuth2 as Google and Microsoft have it'
oauthbearer\t'OAuth2 as RFC 7628 has it'
external\t'The client certificate'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l password-file -d 'Read the password, the only line, from this file' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l password-command -d 'Run this command and read the password from its output' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l password-fd -d 'Read the password of one account from this open file descriptor' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l timeout -d 'Longest single wait for the server [default: 60s]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l deadline -d 'Longest whole run [default: 1h]' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l proxy -d 'Connect through a SOCKS5 proxy, which also resolves the host name' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tunnel -d 'Talk to the server through this command\'s stdin and stdout' -r -f -a "(__fish_complete_command)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l socket -d 'Connect to this unix socket' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l bind -d 'Connect from this address of this machine' -r -f
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l pipelining -d 'Send commands before earlier ones are answered [default: auto]' -r -f -a "auto\t'When the server announces it'
on\t'Always'
off\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l state-dir -d 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]' -r -f -a "(__fish_complete_directories)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l tls-pin-only -d 'Let the pin replace the usual checks (self-signed servers)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l insecure-plaintext -d 'Let the password go unencrypted to another machine (with --tls none)'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -f -a "check" -d 'Check the config file and every account in it'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -f -a "show" -d 'Show what holds for accounts, with the defaults filled in'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -f -a "path" -d 'Print where the config file is expected'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -f -a "import" -d 'Convert an mpop, fetchmail or getmail config (prints it)'
complete -c retr -n "__fish_retr_using_subcommand config; and not __fish_seen_subcommand_from check show path import accounts" -f -a "accounts" -d 'Print the names of all accounts, for completion'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -l from -d 'Program that the file was written for' -r -f -a "mpop\t''
fetchmail\t''
getmail\t''"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -l config -d 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]' -r -F
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -l progress -d 'Show progress: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -l color -d 'Use colours: auto, always or never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -l json -d 'Write one JSON object a line to stdout'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -s q -l quiet -d 'Say nothing but errors'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -s v -l verbose -d 'Report each step; twice: the dialogue with the server too'
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from accounts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand generate; and not __fish_seen_subcommand_from man schema completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand generate; and not __fish_seen_subcommand_from man schema completions" -f -a "man" -d 'Print the man page (roff)'
complete -c retr -n "__fish_retr_using_subcommand generate; and not __fish_seen_subcommand_from man schema completions" -f -a "schema" -d 'Print the JSON schema of what --json writes'
complete -c retr -n "__fish_retr_using_subcommand generate; and not __fish_seen_subcommand_from man schema completions" -f -a "completions" -d 'Print the completions of a shell'
complete -c retr -n "__fish_retr_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help'
complete -c retr -n "__fish_retr_using_subcommand generate; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c retr -n "__fish_retr_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help'
complete -c retr -n "__fish_retr_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retr -n "__fish_retr_using_subcommand fetch" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand list" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand show" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand delete" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand stat" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand probe" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand verify" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand export" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from show" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from forget" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from mark-seen" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from move" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand state; and __fish_seen_subcommand_from repair" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from login" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from status" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand oauth; and __fish_seen_subcommand_from logout" -f -a "(retr config accounts 2>/dev/null)"
complete -c retr -n "__fish_retr_using_subcommand config; and __fish_seen_subcommand_from show" -f -a "(retr config accounts 2>/dev/null)"
