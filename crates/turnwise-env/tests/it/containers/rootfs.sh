# rootfs.sh FOLDER: a small root file system out of this machine's own programs, so that an image needs no registry.
set -e
root=$1
mkdir -p "$root/tmp" "$root/root" "$root/dev" "$root/proc" "$root/sys" "$root/etc" "$root/run" "$root/var/tmp" "$root/usr/bin"
chmod 1777 "$root/tmp" "$root/var/tmp"
ln -s usr/bin "$root/bin"
echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"

put() {
  [ -e "$root$1" ] || { mkdir -p "$root$(dirname "$1")" && cp -L "$1" "$root$1"; }
}

libraries() {
  ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do put "$library"; done
}

for program in bash sh setsid git patch find grep sed cat head tail wc rm mkdir ls cp mv chmod touch ln ps kill env \
  sort seq yes dd od printf sleep true false dirname basename cut tr sha256sum python3; do
  for folder in /usr/bin /bin; do
    if [ -x "$folder/$program" ]; then
      cp -L "$folder/$program" "$root/usr/bin/$program"
      libraries "$folder/$program"
      break
    fi
  done
done

python=$(/usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
mkdir -p "$root/usr/lib/$python"
tar -C "/usr/lib/$python" -c --exclude=test --exclude=__pycache__ --exclude=dist-packages --exclude=idlelib \
  --exclude='config-*' . | tar -C "$root/usr/lib/$python" -x
for module in "$root/usr/lib/$python"/lib-dynload/*.so; do libraries "$module"; done
