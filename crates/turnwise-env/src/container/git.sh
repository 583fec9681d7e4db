# Before every script that uses git: no configuration but ours, whoever the files belong to.
export HOME="$store" GIT_CONFIG_GLOBAL="$store/.gitconfig" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GIT_TERMINAL_PROMPT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY XDG_CONFIG_HOME
own=$store/repository

# Puts the work tree into the harness's own index, but for large files: they are data, not a repair.
add_all() {
  export GIT_DIR="$own" GIT_WORK_TREE="$PWD"
  find . -name .git -prune -o -type f -size "+$large" -print >"$store/large" 2>/dev/null
  set -- .
  while IFS= read -r path; do
    set -- "$@" ":(exclude,literal)${path#./}"
  done <"$store/large"
  # What cannot be added, as a repository without a commit, is left out.
  git add -A --ignore-errors -- "$@" >"$store/said" 2>&1
  git write-tree
}
