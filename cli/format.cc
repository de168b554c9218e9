#include "cli/format.h"
