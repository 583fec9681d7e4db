# Takes from the repository what lies in the task's future: remotes, and every name of a commit that HEAD does not
# lead to. What no name leads to any more goes too, where rewriting the packs is cheap.
#
# Left as it is: objects in larger packs, which only somebody who knows their hash can show; submodules; other
# work trees.
git rev-parse -q --verify 'HEAD^{commit}' >/dev/null || exit 0
dir=$(git rev-parse --git-dir) || exit 1
for remote in $(git remote); do
  git remote remove "$remote"
done
git for-each-ref --merged=HEAD --format='%(refname)' >"$store/kept" || exit 1
git for-each-ref --format='%(refname)' | grep -vxFf "$store/kept" | sed 's/^/delete /' |
  git update-ref --no-deref --stdin || exit 1
git reflog expire --expire=now --all
rm -rf "$dir/logs" "$dir/ORIG_HEAD" "$dir/FETCH_HEAD" "$dir/MERGE_HEAD" "$dir/CHERRY_PICK_HEAD"
packed=$(git count-objects -v | sed -n 's/^size-pack: //p')
if [ "${packed:-0}" -le "$repack_kib" ]; then
  # Rewriting takes seconds, which a repository that was cleaned before need not cost each trial.
  there=$(git cat-file --batch-all-objects --batch-check='%(objecttype)' | grep -c -e '^commit' -e '^tag')
  named=$(($(git rev-list --all --count) + $(git for-each-ref --format='%(objecttype)' | grep -c '^tag')))
  [ "$there" -le "$named" ] || { git repack -a -d -q && git prune --expire=now; }
fi
