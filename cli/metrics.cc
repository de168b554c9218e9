#include "cli/metrics.h"
