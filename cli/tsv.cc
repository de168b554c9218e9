#include "cli/tsv.h"
