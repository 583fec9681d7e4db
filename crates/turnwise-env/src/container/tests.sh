# The files that hidden tests replace: kept aside as they are in the image, put back over a work that may have
# changed them in any way.
aside=$store/aside

# keep PATH ...
keep() {
  for path; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      mkdir -p "$(dirname "$aside/$path")" && cp -a "$path" "$aside/$path" || exit 1
    fi
  done
}

# put_back PATH ...
put_back() {
  for path; do
    rest=$path
    at=.
    while :; do
      case $rest in
      */*) at=$at/${rest%%/*} rest=${rest#*/} ;;
      *) break ;;
      esac
      if [ -L "$at" ] || { [ -e "$at" ] && [ ! -d "$at" ]; }; then
        rm -rf "$at" || exit 1
      fi
    done
    rm -rf "./$path" || exit 1
    if [ -e "$aside/$path" ] || [ -L "$aside/$path" ]; then
      mkdir -p "$(dirname "./$path")" && cp -a "$aside/$path" "./$path" || exit 1
    fi
  done
}
