# What a container's shell knows. The harness sends this file to `sh` on standard input, and then one call of a
# function below for each thing it wants; the shell's own parser is the reader, so a command may hold anything but a
# zero byte. Answers are lines `$tag word ...` on standard output. No action ever holds that: its output goes through
# a pipe into a file, of which only as much is sent as the harness asked for, with its length in front.
#
# POSIX sh and what coreutils or busybox have; no call but `run` waits for anything that an action could hold up.

say() { printf '%s %s\n' "$tag" "$*"; }

# begin TAG FOLDER: what must be there before anything is run.
begin() {
  tag=$1
  cd "$2" || { say no-folder; return; }
  # Memory first: a write to it never waits, which `settle` relies on.
  for home in /dev/shm /var/tmp /tmp ''; do
    home=$home/.turnwise
    mkdir -p "$home" && [ -w "$home" ] && break
  done
  # What is larger and must outlast the container's memory limit goes to the disk.
  for store in /var/tmp /tmp ''; do
    store=$store/.turnwise-store
    mkdir -p "$store" && [ -w "$store" ] && break
  done
  agent_shell=$(command -v bash || command -v sh)
  # A session of its own, so that `kill 0` in an action does not reach this shell.
  apart=$(command -v setsid)
  relay=0
  exec 3>&1
  say ready "$store"
}

# run NUMBER SHELL BYTES COMMAND: starts an action; `done NUMBER STATUS` follows when its first process has ended.
# Output much beyond BYTES breaks its pipe. Only scripts of the harness get to know `store`.
run() {
  case $2 in agent) shell=$agent_shell ;; *) shell=sh ;; esac
  [ -d "$home" ] || mkdir -p "$home"
  # Still there only if nobody has taken it: what is left writing to it keeps a file without a name.
  [ ! -e "$home/out" ] || rm -f "$home/out"
  {
    [ "$2" = agent ] || export store
    $apart "$shell" -c "$4" </dev/null 2>&1 3>&-
    say done "$1" $? >&3
  } | {
    # Not `head`, which would hold back what it has read.
    ulimit -c 0
    ulimit -f $(($3 / 512 + 1))
    exec cat >"$home/out" 3>&-
  } &
  relay=$!
}

# stop: ends every process of the container but its first and this shell.
stop() {
  settle
  kill -9 -1
  wait
  say stopped
}

# take BYTES: what the action wrote; where that is more than BYTES, half of them from each end.
take() {
  settle
  size=0
  if command exec 4<"$home/out"; then
    size=$(wc -c <"$home/out") || size=0
    size=$((size))
  fi
  if [ "$size" -le "$1" ]; then
    say out "$size" "$size" 0
    [ "$size" -eq 0 ] || head -c "$size" <&4
  else
    half=$(($1 / 2))
    say out "$size" "$half" "$half"
    head -c "$half" <&4
    # The file may still grow, by what the action left running.
    tail -c "+$((size - half + 1))" "/proc/$$/fd/4" | head -c "$half"
  fi
  exec 4<&-
  rm -f "$home/out"
}

# Waits until the relay has written all that is in its pipe: it is gone, or asleep, which it is only where there is
# nothing to read.
settle() {
  n=0
  while [ "$n" -lt 600 ]; do
    read -r _ _ state _ 2>/dev/null <"/proc/$relay/stat" || return 0
    case $state in S | Z | X) return 0 ;; esac
    n=$((n + 1))
    [ "$n" -lt 500 ] || sleep 0.01
  done
} 2>/dev/null

# put FILE TEXT: writes a file.
put() {
  printf '%s' "$2" 2>/dev/null >"$1" && say put || say not-put
}

# decode FILE FORMAT: writes a file of bytes that are escaped for printf, which every shell has.
decode() {
  printf "$2" 2>/dev/null >"$1" && say put || say not-put
}

# lay PATH TEXT: writes a file of the work tree, whatever stands in its way, links above all.
lay() {
  rest=$1
  at=.
  while :; do
    case $rest in
    */*) at=$at/${rest%%/*} rest=${rest#*/} ;;
    *) break ;;
    esac
    if [ -L "$at" ] || [ ! -d "$at" ]; then
      rm -rf "$at" && mkdir "$at"
    fi
  done
  rm -rf "$at/$rest"
  put "$at/$rest" "$2"
}
