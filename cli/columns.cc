#include "cli/columns.h"
