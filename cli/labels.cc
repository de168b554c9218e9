#include "cli/labels.h"
