#!/bin/sh
# unpack.sh PYTHON FOLDER: what 64-bit ARM needs on another processor. FOLDER/root gets Debian's Python and libraries,
# FOLDER/site edgebokeh's wheel and all that it depends on. Nothing is installed, so nobody has to be root.
set -eu
python=$1 folder=$2 here=$(dirname "$0")
PATH=$PATH:/usr/sbin

for tool in qemu-aarch64-static debootstrap dpkg-deb; do
  if ! command -v "$tool" >/dev/null; then
    echo "test-aarch64: $tool is missing; on Debian and Ubuntu: apt install qemu-user-static debootstrap dpkg" >&2
    exit 1
  fi
done

rm -rf "$folder"
mkdir -p "$folder/debs" "$folder/root"
debootstrap --arch=arm64 --download-only --variant=minbase --include=python3.11 bookworm "$folder/debs" >"$folder/log" 2>&1 || {
  echo "test-aarch64: debootstrap failed; the last lines of $folder/log:" >&2
  tail -n 5 "$folder/log" >&2
  exit 1
}
for package in "$folder"/debs/var/cache/apt/archives/*.deb; do
  dpkg-deb -x "$package" "$folder/root"
done
# qemu prefers a path in the root to the one outside: /tmp and /etc are to be this machine's.
find "$folder/root" -mindepth 1 -maxdepth 1 ! -name lib ! -name usr -exec rm -rf {} +
rm -rf "$folder/debs"

"$python" -m pip wheel -q --no-deps -w "$folder" "$here/../.."
"$python" -m pip install -q --target "$folder/site" --only-binary=:all: --implementation cp --python-version 3.11 \
  --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 \
  -c "$here/constraints.txt" "$folder"/edgebokeh-*.whl hypothesis onnx pytest
