// The rows that a fold trains on, as a problem of their own.
//
// A fold is weights of 0 on the other rows, which every product reads in vain. Of a small X the rows
// are copied instead, once for a path: that costs less than two passes and no more than a fixed amount
// of memory, and where samples have no weights the problem has none either.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/design/gathered_rows.hpp"
#include "fastreg/path/family_path.hpp"

namespace fastreg {

class TrainingRows {
public:
    // `weight` is that of all rows, 0 for those left out; `whole`: as such, whatever it costs. The
    // problem must outlive this.
    TrainingRows(const FamilyProblem& problem, const Vector& weight, bool whole);

    // It, weighted, and without the other rows if they were worth leaving out. This must outlive it.
    FamilyProblem problem() const;

private:
    Vector taken(const Vector& stacked) const;

    const FamilyProblem& problem_;
    Vector weight_;                         // of the problem's rows; empty: ones
    std::vector<Index> rows_;               // those trained on
    std::optional<GatheredRows> gathered_;  // none: X as it is
};

}  // namespace fastreg
