#include "cli/reader.h"
