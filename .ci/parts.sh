# What .ci/run and .ci/nightly share: environments and compiled code kept between runs, and parts with their seconds.
# Sourced at the top of a checkout. Whatever is kept may be deleted at any time.

kept=${XDG_CACHE_HOME:-$HOME/.cache}/escalation-sim-ci
mkdir -p "$kept"
find "$kept" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
work=$(mktemp -d)
mkdir "$work/failed"
trap 'for job in $(jobs -p); do kill -- "-$job" 2>/dev/null || true; done; rm -rf "$work"' EXIT

# The README says python3: here that is 3.11, found behind any shim.
python311=$(command -v python3.11 || command -v python3)
PATH=$("$python311" -c 'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)))'):$PATH
export PATH
python311=$(command -v python3)

# Debian's browser and npm serve the tests of pages and of their scripts.
lacking=()
for tool in chromium npm; do command -v "$tool" >/dev/null || lacking+=("$tool"); done
if [ ${#lacking[@]} -gt 0 ]; then
    as=$([ "$(id -u)" = 0 ] || echo sudo)
    $as apt-get -qq update && $as apt-get -qq install -y --no-install-recommends fonts-liberation "${lacking[@]}"
fi

command=$(grep -m1 'pip install.*pytest' README.md)
setup=${command%% && .venv/bin/pytest*}
tests=.venv/bin/pytest${command#*&& .venv/bin/pytest}

# Hypothesis reads all constants of the code once.
export HYPOTHESIS_STORAGE_DIRECTORY=$kept/hypothesis MYPY_CACHE_DIR=$kept/mypy

digest() { sha256sum | cut -c1-16; }

# Put a copy of a folder somewhere. Its name appears at once: a run beside this one, or a kill, leaves no half of it.
put() { # from to
    local half
    half=$(mktemp -d "$2.XXXXXX")
    if ! { cp -a "$1/." "$half" && touch "$half" && [ ! -e "$2" ] && mv -T "$half" "$2"; }; then rm -rf "$half"; fi
}

# What an environment hangs on.
requirements() { # python
    "$1" -c 'import sys, tomllib
said = tomllib.load(open("pyproject.toml", "rb"))
project = said["project"]
print(sys.version, sys.base_prefix, said["build-system"], project["dependencies"], project["optional-dependencies"])'
}

# Make an environment by a command, upon that of an earlier run if there is one for this interpreter, these requirements
# and this use. The project itself is installed anew.
environment() { # folder python use command
    local earlier was
    earlier=$kept/environment-$3-$(requirements "$2" | digest)
    if [ ! -e "$1" ] && [ -d "$earlier" ]; then
        touch "$earlier"
        put "$earlier" "$1"
        was=$(sed -n 's/^command = .* -m venv //p' "$1/pyvenv.cfg")
        { grep -rlIF "$was" "$1/bin" || true; } | xargs -r sed -i "s|$was|$(realpath "$1")|g"
        "$1/bin/python" -m pip uninstall -q -y escalation-sim
    fi
    bash -c "$4" && { [ -d "$earlier" ] || put "$1" "$earlier"; }
}

# What is compiled lies there under the digest of all that went into it, so an earlier run's serves where it is the same.
# Files have no such digest: numba knows a source by its time, so with one time for one content an earlier run's serves too.
export NUMBA_CACHE_DIR=$kept/compiled
mkdir -p "$NUMBA_CACHE_DIR"
find "$NUMBA_CACHE_DIR" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
date_sources() {
    local source
    for source in $(grep -rl --include='*.py' -e compiled -e njit sim tests); do
        touch -d "@$((16#$(digest <"$source" | cut -c1-7)))" "$source"
    done
}

# Run a command as a part of the run: note whether it failed, its seconds and the line in which it says how it ended.
# It counts as failed until it has passed: whatever kills it leaves it so.
note() { # name command...
    local name=$1 began=$SECONDS end=passed
    touch "$work/failed/$name"
    shift
    "$@" 2>&1 | tee "$work/$name.log" || end=FAILED
    if grep -E '^SKIPPED.*(not installed|could not import|needs the extra)' "$work/$name.log"; then end=FAILED; fi
    [ $end = FAILED ] || rm "$work/failed/$name"
    printf '%-10s %s after %d s. %s\n' "$name" $end $((SECONDS - began)) \
        "$(grep -E '[0-9]+ (passed|failed|errors?).* in |faults caught' "$work/$name.log" | tail -n 1 | tr -d =)" | tee -a "$work/ends" >&2
}

# Run a part and wait for it. It is a job, like those beside it, so that it ends where the run is ended.
part() { # name command...
    set -m
    note "$@" &
    set +m
    wait $! || true
}

# Run a part beside the others; its output comes at the end.
beside() { # name command...
    set -m
    note "$@" >/dev/null &
    set +m
}

# Wait for the parts, show what those beside said, and end with the lines of all.
finish() { # names of parts beside
    wait
    for name in "$@"; do
        echo "== $name"
        cat "$work/$name.log"
    done
    echo "== all parts, after $SECONDS s"
    cat "$work/ends"
    if [ -n "$(ls "$work/failed")" ]; then
        echo "failed: $(ls "$work/failed" | tr '\n' ' ')"
        return 1
    fi
}
