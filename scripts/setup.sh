#!/bin/sh
# Find a Python that can make .venv, then let scripts/setup.py do the work.
# Tried in order: $PYTHON, then python3.11, python3.12, python3.13 and python3 in every folder of PATH.
set -u
cd "$(dirname "$0")/.." || exit 1

# A .venv that works needs no other Python to be looked for.
if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null; then
  exec .venv/bin/python -I scripts/setup.py
fi

tried=''
no_venv=''
suits() { # 0: it can do it, 1: it cannot
  answer=$("$1" -I -c 'import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13): print("is Python %d.%d" % sys.version_info[:2]); sys.exit()
try: import ensurepip, venv, ssl
except ImportError: print("lacks venv"); sys.exit()
print("suits")' 2>/dev/null) || answer='does not start'
  case $answer in
    suits) return 0 ;;
    'lacks venv') no_venv=$1 ;;
  esac
  tried="$tried  $1 $answer
"
  return 1
}

if [ -n "${PYTHON:-}" ]; then
  suits "$PYTHON" && exec "$PYTHON" -I scripts/setup.py
fi
old_ifs=$IFS
for name in python3.11 python3.12 python3.13 python3; do
  IFS=:
  for folder in $PATH; do
    IFS=$old_ifs
    [ -x "$folder/$name" ] && suits "$folder/$name" && exec "$folder/$name" -I scripts/setup.py
  done
  IFS=$old_ifs
done

if [ -n "$no_venv" ]; then
  echo "Darkroom needs Python's venv module, which $no_venv lacks." >&2
  echo 'What to do: on Debian or Ubuntu run `sudo apt install python3-venv`, then the same command again.' >&2
else
  echo 'Darkroom needs Python 3.11, 3.12 or 3.13, and none was found on PATH.' >&2
  echo 'What to do: install it (Debian: `sudo apt install python3 python3-venv`; macOS: `brew install python@3.11`),' >&2
  echo 'or name one with `make up PYTHON=/path/to/python3.11`.' >&2
fi
[ -n "$tried" ] && printf 'Tried:\n%s' "$tried" >&2
exit 1
