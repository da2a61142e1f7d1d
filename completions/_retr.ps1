
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'retr' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'retr'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $command = $command -replace '^(retr;fetch|retr;list|retr;show|retr;delete|retr;stat|retr;probe|retr;verify|retr;state;show|retr;state;forget|retr;state;mark-seen|retr;state;repair|retr;config;show);.*$', '$1'

    $completions = @(switch ($command) {
        'retr' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Store new messages')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is on the server')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show messages as readable text')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete messages on the server')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Count messages and octets on the server')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Show what a server is and can do')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that everything stored is still there, and unaltered')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Look into the record of what was fetched, or change it')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Check or show the config file')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Try the program without a mailbox')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the man page, shell completions or the JSON schema')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;fetch' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--maildir', '--maildir', [CompletionResultType]::ParameterName, 'Store into this Maildir, created if the folder above it is there')
            [CompletionResult]::new('--mbox', '--mbox', [CompletionResultType]::ParameterName, 'Append to this mbox (mboxrd), created if the folder above it is there')
            [CompletionResult]::new('--delete-after', '--delete-after', [CompletionResultType]::ParameterName, 'Delete stored messages so long after they were first seen')
            [CompletionResult]::new('--max-messages', '--max-messages', [CompletionResultType]::ParameterName, 'Fetch at most so many messages')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Leave larger messages out')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Stop before a message that would exceed so many octets in total')
            [CompletionResult]::new('--lock-wait', '--lock-wait', [CompletionResultType]::ParameterName, 'Wait so long for another run of the same account to end [default: 0s]')
            [CompletionResult]::new('--exit-empty', '--exit-empty', [CompletionResultType]::ParameterName, 'Exit with this code when nothing was new [default: 0]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Fetch from so many accounts at once [default: 4]')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Fetch only from those accounts that fall into part I of N, from 0 on')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave stored messages on the server (the default)')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete stored messages from the server')
            [CompletionResult]::new('--delete-verified', '--delete-verified', [CompletionResultType]::ParameterName, 'Delete what an earlier run stored only if it is still here, unaltered')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Fetch what was fetched before, too')
            [CompletionResult]::new('--newest-first', '--newest-first', [CompletionResultType]::ParameterName, 'Begin with the newest message')
            [CompletionResult]::new('--no-uidl', '--no-uidl', [CompletionResultType]::ParameterName, 'With --delete: fetch and delete all, from a server without unique ids')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only tell what would be done with each message, and why')
            [CompletionResult]::new('--accept-uid-reset', '--accept-uid-reset', [CompletionResultType]::ParameterName, 'Go on although the server seems to have renumbered all its messages')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;list' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--new', '--new', [CompletionResultType]::ParameterName, 'List only what was not fetched yet')
            [CompletionResult]::new('--no-headers', '--no-headers', [CompletionResultType]::ParameterName, 'List without date, sender and subject, which is quicker')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;show' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'Ask for the header and the first N lines only (TOP)')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Show the message as it is, with LF line ends')
            [CompletionResult]::new('--headers', '--headers', [CompletionResultType]::ParameterName, 'Show only the header, as it is (TOP)')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;delete' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only tell what would be deleted')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;stat' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;probe' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;verify' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--maildir', '--maildir', [CompletionResultType]::ParameterName, 'Store into this Maildir, created if the folder above it is there')
            [CompletionResult]::new('--mbox', '--mbox', [CompletionResultType]::ParameterName, 'Append to this mbox (mboxrd), created if the folder above it is there')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--server', '--server', [CompletionResultType]::ParameterName, 'Compare with what is on the server, too')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what the ledger knows')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget messages, so that they are fetched again')
            [CompletionResult]::new('mark-seen', 'mark-seen', [CompletionResultType]::ParameterValue, 'Record everything on the server as seen, without fetching it')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Keep what is whole in a damaged ledger')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take over what another program has seen, so that it is not fetched again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;state;show' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where the record is kept [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state;forget' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where the record is kept [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state;mark-seen' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'When TLS starts')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--tls-pin', '--tls-pin', [CompletionResultType]::ParameterName, 'Demand this certificate (sha256:HEX) besides the usual checks')
            [CompletionResult]::new('--tls-name', '--tls-name', [CompletionResultType]::ParameterName, 'Expect this name in the certificate instead of the host')
            [CompletionResult]::new('--tls-min', '--tls-min', [CompletionResultType]::ParameterName, 'Lowest TLS version that will do [default: 1.2]')
            [CompletionResult]::new('--tls-client', '--tls-client', [CompletionResultType]::ParameterName, 'Client certificate and key (PEM or PKCS#12)')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Login mechanism [default: auto]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'Read the password, the only line, from this file')
            [CompletionResult]::new('--password-command', '--password-command', [CompletionResultType]::ParameterName, 'Run this command and read the password from its output')
            [CompletionResult]::new('--password-fd', '--password-fd', [CompletionResultType]::ParameterName, 'Read the password of one account from this open file descriptor')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest single wait for the server [default: 60s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Longest whole run [default: 1h]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a SOCKS5 proxy, which also resolves the host name')
            [CompletionResult]::new('--tunnel', '--tunnel', [CompletionResultType]::ParameterName, 'Talk to the server through this command''s stdin and stdout')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Connect to this unix socket')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Connect from this address of this machine')
            [CompletionResult]::new('--pipelining', '--pipelining', [CompletionResultType]::ParameterName, 'Send commands before earlier ones are answered [default: auto]')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--tls-pin-only', '--tls-pin-only', [CompletionResultType]::ParameterName, 'Let the pin replace the usual checks (self-signed servers)')
            [CompletionResult]::new('--insecure-plaintext', '--insecure-plaintext', [CompletionResultType]::ParameterName, 'Let the password go unencrypted to another machine (with --tls none)')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state;repair' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where the record is kept [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state;import' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Program that wrote the file')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where the record is kept [default: $XDG_STATE_HOME/retr]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;state;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what the ledger knows')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget messages, so that they are fetched again')
            [CompletionResult]::new('mark-seen', 'mark-seen', [CompletionResultType]::ParameterValue, 'Record everything on the server as seen, without fetching it')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Keep what is whole in a damaged ledger')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take over what another program has seen, so that it is not fetched again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;state;help;show' {
            break
        }
        'retr;state;help;forget' {
            break
        }
        'retr;state;help;mark-seen' {
            break
        }
        'retr;state;help;repair' {
            break
        }
        'retr;state;help;import' {
            break
        }
        'retr;state;help;help' {
            break
        }
        'retr;config' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the config file and every account in it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what holds for accounts, with the defaults filled in')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the config file is expected')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Print the config file that does what another program''s does')
            [CompletionResult]::new('accounts', 'accounts', [CompletionResultType]::ParameterValue, 'Print the names of all accounts, for completion')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;config;check' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;config;show' {
            retr config accounts 2>$null | ForEach-Object {
                $text = if ($_ -match '^\w[\w.@+-]*$') { $_ } else { "'$($_ -replace "'", "''")'" }
                [CompletionResult]::new($text, $_, [CompletionResultType]::ParameterValue, $_)
            }
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;config;path' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;config;import' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Program that the file was written for')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;config;accounts' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Show progress: auto, always or never')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours: auto, always or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write one JSON object a line to stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step; twice: the dialogue with the server too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;config;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the config file and every account in it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what holds for accounts, with the defaults filled in')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the config file is expected')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Print the config file that does what another program''s does')
            [CompletionResult]::new('accounts', 'accounts', [CompletionResultType]::ParameterValue, 'Print the names of all accounts, for completion')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;config;help;check' {
            break
        }
        'retr;config;help;show' {
            break
        }
        'retr;config;help;path' {
            break
        }
        'retr;config;help;import' {
            break
        }
        'retr;config;help;accounts' {
            break
        }
        'retr;config;help;help' {
            break
        }
        'retr;demo' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retr;generate' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page (roff)')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON schema of what --json writes')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;generate;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'retr;generate;schema' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'retr;generate;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'retr;generate;help' {
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page (roff)')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON schema of what --json writes')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;generate;help;man' {
            break
        }
        'retr;generate;help;schema' {
            break
        }
        'retr;generate;help;completions' {
            break
        }
        'retr;generate;help;help' {
            break
        }
        'retr;help' {
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Store new messages')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is on the server')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show messages as readable text')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete messages on the server')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Count messages and octets on the server')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Show what a server is and can do')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that everything stored is still there, and unaltered')
            [CompletionResult]::new('state', 'state', [CompletionResultType]::ParameterValue, 'Look into the record of what was fetched, or change it')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Check or show the config file')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Try the program without a mailbox')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Print the man page, shell completions or the JSON schema')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retr;help;fetch' {
            break
        }
        'retr;help;list' {
            break
        }
        'retr;help;show' {
            break
        }
        'retr;help;delete' {
            break
        }
        'retr;help;stat' {
            break
        }
        'retr;help;probe' {
            break
        }
        'retr;help;verify' {
            break
        }
        'retr;help;state' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what the ledger knows')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget messages, so that they are fetched again')
            [CompletionResult]::new('mark-seen', 'mark-seen', [CompletionResultType]::ParameterValue, 'Record everything on the server as seen, without fetching it')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Keep what is whole in a damaged ledger')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take over what another program has seen, so that it is not fetched again')
            break
        }
        'retr;help;state;show' {
            break
        }
        'retr;help;state;forget' {
            break
        }
        'retr;help;state;mark-seen' {
            break
        }
        'retr;help;state;repair' {
            break
        }
        'retr;help;state;import' {
            break
        }
        'retr;help;config' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the config file and every account in it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what holds for accounts, with the defaults filled in')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the config file is expected')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Print the config file that does what another program''s does')
            [CompletionResult]::new('accounts', 'accounts', [CompletionResultType]::ParameterValue, 'Print the names of all accounts, for completion')
            break
        }
        'retr;help;config;check' {
            break
        }
        'retr;help;config;show' {
            break
        }
        'retr;help;config;path' {
            break
        }
        'retr;help;config;import' {
            break
        }
        'retr;help;config;accounts' {
            break
        }
        'retr;help;demo' {
            break
        }
        'retr;help;generate' {
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page (roff)')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON schema of what --json writes')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            break
        }
        'retr;help;generate;man' {
            break
        }
        'retr;help;generate;schema' {
            break
        }
        'retr;help;generate;completions' {
            break
        }
        'retr;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
