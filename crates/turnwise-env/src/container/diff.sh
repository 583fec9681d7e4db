# The tree of the work, and how it differs from `base`, where it is not the tree that was `last`.
tree=$(add_all) || { cat "$store/said"; exit 1; }
echo "$tree"
[ "$tree" = "$last" ] && exit 0
export GIT_DIR="$own" GIT_WORK_TREE="$PWD"
show() {
  git -c core.attributesFile="$1" diff --binary --no-color --no-ext-diff --no-textconv --no-renames \
    --ignore-submodules=all --unified=3 --src-prefix=a/ --dst-prefix=b/ "$base" "$tree"
}
if [ "$binary" = yes ]; then
  echo '* -diff' >"$store/attributes"
  show "$store/attributes"
else
  show /dev/null
fi
