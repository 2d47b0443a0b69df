# Sourced by the scripts beside it: where the checkout is, and how to speak and fail.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
thaw=$root/.build/release/thaw

step() { printf '\n==> %s\n' "$*"; }

failed() {
    local status=$1 line=$2 command=$3
    printf '\n%s: line %s failed (status %s): %s\n' "${0##*/}" "$line" "$status" "$command" >&2
    exit "$status"
}
set -Eeuo pipefail
trap 'failed $? $LINENO "$BASH_COMMAND"' ERR

# One way of building for demo and tests, so that neither builds again what the other has built: release, and testable.
build_options=(-c release -Xswiftc -enable-testing)

# Used by both of `demo` and `test`: the program, the kernel in .venv, the weights the quickstart wants.
build_release() {
    step "Building Thaw (release)"
    (cd "$root" && swift build "${build_options[@]}" --product thaw)
}

install_kernel() {
    step "Installing the kernel into .venv"
    "$thaw" install --prefix "$venv"
}

fetch_weights() {
    step "Fetching the weights of efficientnet_lite0, unless they are here"
    "$thaw" fetch efficientnet_lite0
}
