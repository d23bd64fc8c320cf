#pragma once

// Nothing to call: this target only lets the programs run with libraries older than those that they are linked with.
