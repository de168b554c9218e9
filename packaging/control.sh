# The control files of the Debian packages; sourced by scripts/package.sh, which sets version, maintainer, depends.
# shellcheck shell=bash disable=SC2154

# control PACKAGE: its DEBIAN/control, but for the size.
control() {
  cat <<END
Package: $1
Source: fbert
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Priority: optional
END
  case $1 in
    fbert)
      cat <<END
Section: science
Depends: $depends
Recommends: $blas
Description: text classification with BERT models on CPUs
 Labels for texts from BERT-family classifiers: a Hugging Face model folder and
 raw text go in, labels come out, in float32 or in 8 bits, without Python and
 without an ML runtime.
 .
 The program labels texts, quantises models, and measures their quality and
 speed. A small model that tells positive from negative film reviews is part
 of the package.
END
      ;;
    libfbert0)
      cat <<END
Section: libs
Multi-Arch: same
Depends: $depends
Recommends: $blas
Description: text classification with BERT models on CPUs - shared library
 Labels for texts from BERT-family classifiers: a Hugging Face model folder and
 raw text go in, labels come out, in float32 or in 8 bits, without Python and
 without an ML runtime.
 .
 This package holds the shared library.
END
      ;;
    libfbert-dev)
      cat <<END
Section: libdevel
Multi-Arch: same
Depends: libfbert0 (= $version), libfmt-dev, libutf8proc-dev
Description: text classification with BERT models on CPUs - development files
 Labels for texts from BERT-family classifiers: a Hugging Face model folder and
 raw text go in, labels come out, in float32 or in 8 bits, without Python and
 without an ML runtime.
 .
 This package holds the headers, the static library, and what CMake and
 pkg-config read.
END
      ;;
  esac
}
