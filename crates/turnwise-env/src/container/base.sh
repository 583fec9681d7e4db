# Keeps what the work tree is before anybody works on it, in a repository of the harness's own that borrows the
# objects of the task's: its index and configuration are out of an agent's way.
command -v git >/dev/null || exit 3
printf '[safe]\n\tdirectory = *\n' >"$GIT_CONFIG_GLOBAL"
rm -rf "$own"
git init -q --bare --template= "$own" || exit 1
mkdir -p "$own/info" "$own/objects/info"
if objects=$(git rev-parse --git-path objects 2>/dev/null); then
  (cd "$objects" && pwd) >"$own/objects/info/alternates"
  exclude=$(git rev-parse --git-path info/exclude)
  [ ! -f "$exclude" ] || cp "$exclude" "$own/info/exclude"
  # With its times, so that files are not read again that have not changed; of use only for the same folder.
  index=$(git rev-parse --git-path index)
  [ -n "$(git rev-parse --show-prefix)" ] || [ ! -f "$index" ] || cp "$index" "$own/index"
fi
# Times of files as layers keep them: whole seconds, and no times of inodes.
for pair in core.fileMode=false core.trustctime=false core.checkStat=minimal core.autocrlf=false \
  core.quotePath=true gc.auto=0; do
  git --git-dir="$own" config "${pair%%=*}" "${pair#*=}" || exit 1
done
add_all
