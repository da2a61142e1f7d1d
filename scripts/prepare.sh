# Sourced by scripts that need programs and libraries: installs Debian packages
# that are missing where it may (as root, with apt-get), and says which are where
# it may not.

# Whether there is a program, where root's programs are too.
have() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }

# Prints the packages that building retr needs and that are missing.
missing_to_build() {
    { have cc && echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1; } || echo gcc libc6-dev
    have pkg-config || echo pkg-config
    pkg-config --exists openssl 2>/dev/null || echo libssl-dev
    [ -e /etc/ssl/certs/ca-certificates.crt ] || have update-ca-certificates ||
        [ ! -e /etc/debian_version ] || echo ca-certificates
}

install_packages() {
    # Nothing that is installed here may start by itself.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        # shellcheck disable=SC2064
        trap "rm -f $policy" EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
    apt-get update >/dev/null
    apt-get install -y --no-install-recommends "$@" >/dev/null
}

# Installs what the command `$1` prints, as far as that is possible. Afterwards
# `missing` has what is still missing.
prepare() {
    read -r -a missing <<<"$("$1" | tr '\n' ' ')"
    if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && have apt-get; then
        echo "installing: ${missing[*]}" >&2
        install_packages "${missing[@]}" || true
        read -r -a missing <<<"$("$1" | tr '\n' ' ')"
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        echo "missing, and to be installed by you: ${missing[*]}" >&2
    fi
    if ! have cargo; then
        echo "missing, and to be installed by you: cargo 1.89 or later (https://rustup.rs)" >&2
        exit 1
    fi
}
