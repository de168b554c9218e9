#!/bin/sh
# Measures what reading a large CSV file costs: the share of `fbert eval` that goes into it, and whether memory grows
# with the number of rows. Sentences have about 20 words and need a quoted field every tenth time.
#
#     scripts/measure_reader.sh FBERT MODEL [ROWS]     the program, a model folder, 1000000 rows
#
# Exit status 1 when reading takes 5 % of the time or more, or 1,000 rows and ROWS differ by 8 MiB of memory or more.
set -eu
fbert=$1
model=$2
rows=${3:-1000000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awk -v rows="$rows" 'BEGIN {
  words = split("the film is a warm and often funny story about people who try to do right by each other without much luck but with some charm left over for us", word, " ")
  srand(1)
  print "text,label"
  for (i = 0; i < rows; ++i) {
    text = ""
    for (length_left = 12 + int(17 * rand()); length_left > 0; --length_left) text = text word[1 + int(words * rand())] " "
    if (i % 10 == 0) text = "\"so, \"\"" text "\"\"\""
    print text "," i % 2
  }
}' > "$folder/all.csv"
head -n 1001 "$folder/all.csv" > "$folder/few.csv"

# Prints the greatest resident memory in KiB; results go to the file named after the data.
peak() {
  python3 - "$fbert" eval --model "$model" --variant int8 --format json --csv "$folder/$1.csv" > "$folder/$1.peak" <<'PYTHON'
import resource
import subprocess
import sys

csv = sys.argv[-1]
with open(csv + ".json", "w") as output:
    subprocess.run(sys.argv[1:], stdout=output, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PYTHON
  cat "$folder/$1.peak"
}

few=$(peak few)
all=$(peak all)
python3 - "$folder/all.csv.json" "$few" "$all" <<'PYTHON'
import json
import sys

report = json.load(open(sys.argv[1]))
few, many = int(sys.argv[2]), int(sys.argv[3])
reading = report["reading_seconds"]
model = report["variants"][0]["seconds"]
share = reading / (reading + model)
print(f"{report['rows']} rows: reading {reading:.2f} s, tokenising and model {model:.2f} s, reading {100 * share:.2f} %")
print(f"peak memory: {few / 1024:.1f} MiB for 1000 rows, {many / 1024:.1f} MiB for all")
sys.exit(share >= 0.05 or many - few >= 8 * 1024)
PYTHON
