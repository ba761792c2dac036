// How the solve of a problem on the working set ended.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

struct InnerReport {
    double gap = infinity;  // absolute, of the problem on the working set
    Index sweeps = 0;       // sweeps of coordinate descent and steps of the support
    bool interrupted = false;
};

}  // namespace fastreg
