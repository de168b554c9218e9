#!/usr/bin/env bash
# Builds the Debian packages fbert (program, default model, man pages, completions), libfbert0 (shared library) and
# libfbert-dev (headers, static library, CMake package, pkg-config file).
#   scripts/package.sh [FOLDER]     where they go; default: build/package
# DEBFULLNAME and DEBEMAIL name the maintainer. Wants dpkg-dev; scripts/check_packages.sh checks the result.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh
source packaging/control.sh

output=${1:-build/package}
build=build/package/build
architecture=$(dpkg --print-architecture)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
maintainer="${DEBFULLNAME:-the fbert authors} <${DEBEMAIL:-fbert@example.org}>"
blas="libopenblas0-pthread | libopenblas0"  # loaded when it is needed, so that no tool sees it
date=$(date --utc --rfc-email --date="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}")
umask 022

mkdir -p "$build" "$output"
say "Building $build"
quietly "$build/configure.log" cmake --preset release -B "$build" -DCMAKE_INSTALL_PREFIX=/usr \
  -DCMAKE_INSTALL_LIBDIR="lib/$multiarch" -DCMAKE_EXE_LINKER_FLAGS="-Wl,-z,relro,-z,now" \
  -DCMAKE_SHARED_LINKER_FLAGS="-Wl,-z,relro,-z,now"
quietly "$build/build.log" cmake --build "$build"
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
all=$scratch/all
DESTDIR=$all quietly "$build/install.log" cmake --install "$build"

# take PACKAGE PATTERN...: moves what was installed into the tree of a package.
take() {
  local package=$1 path
  shift
  for path in "$@"; do
    mkdir -p "$scratch/$package/$(dirname "${path#"$all"/}")"
    mv "$path" "$scratch/$package/${path#"$all"/}"
  done
}

lib=$all/usr/lib/$multiarch
rm -rf "$all/usr/share/doc"
take libfbert0 "$lib"/libfbert.so.*
take libfbert-dev "$lib"/libfbert.* "$lib/cmake" "$lib/pkgconfig" "$all/usr/include"
take fbert "$all/usr/bin" "$all/usr/share"/*
left=$(find "$all" -not -type d)
if [[ -n $left ]]; then
  say "no package takes $left" >&2
  exit 1
fi

strip --strip-unneeded --remove-section=.comment --remove-section=.note "$scratch/fbert/usr/bin/fbert" \
  "$scratch/libfbert0/usr/lib/$multiarch"/libfbert.so.*.*
strip --strip-debug "$scratch/libfbert-dev/usr/lib/$multiarch/libfbert.a"
gzip -9n "$scratch/fbert/usr/share/man/man1"/*.1

# depends_of FILE: the packages whose shared libraries it is linked with.
mkdir -p "$scratch/shlibs/debian"
printf 'Source: fbert\n\nPackage: fbert\nArchitecture: any\n' >"$scratch/shlibs/debian/control"
depends_of() {
  (cd "$scratch/shlibs" && dpkg-shlibdeps --ignore-missing-info -O "$1" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

for package in fbert libfbert0 libfbert-dev; do
  tree=$scratch/$package
  documents=$tree/usr/share/doc/$package
  mkdir -p "$tree/DEBIAN" "$documents"
  cp packaging/copyright "$documents"
  printf 'fbert (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md in the source.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$date" | gzip -9n >"$documents/changelog.gz"
  depends=
  case $package in
    fbert)
      cp README.md "$documents"
      depends=$(depends_of "$tree/usr/bin/fbert")
      ;;
    libfbert0)
      depends=$(depends_of "$(echo "$tree/usr/lib/$multiarch"/libfbert.so.*.*)")
      printf 'libfbert 0 libfbert0 (>= %s)\n' "$version" >"$tree/DEBIAN/shlibs"
      printf 'activate-noawait ldconfig\n' >"$tree/DEBIAN/triggers"
      ;;
  esac
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  {
    control "$package" | sed '/^Description:/,$d'
    printf 'Installed-Size: %s\n' "$(du -k --apparent-size -s "$tree/usr" | cut -f1)"
    control "$package" | sed -n '/^Description:/,$p'
  } >"$tree/DEBIAN/control"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f -not -path '*/bin/*' -exec chmod 644 {} +
  dpkg-deb --root-owner-group --build "$tree" "$output/${package}_${version}_$architecture.deb" >/dev/null
  say "$output/${package}_${version}_$architecture.deb"
done
