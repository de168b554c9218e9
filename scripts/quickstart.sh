#!/usr/bin/env bash
# From a fresh clone to a first answer: installs what is missing, builds build/release/fbert and classifies a sentence.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/build.sh

scripts/install_dependencies.sh
build release
say '$ build/release/fbert run "A warm, funny and beautifully acted film."'
build/release/fbert run "A warm, funny and beautifully acted film."
