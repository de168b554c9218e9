#include "cli/jsonl.h"
