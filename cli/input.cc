#include "cli/input.h"
