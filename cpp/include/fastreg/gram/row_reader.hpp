// Rows of a dense matrix as float64, a block at a time: where they lie if they can be used there,
// else converted.
#pragma once

#include "fastreg/design/dense.hpp"

namespace fastreg {

class RowReader {
public:
    // Reads the first n_columns columns, at most max_depth rows at a time.
    RowReader(const DenseView& X, Index max_depth, Index n_columns);

    // By columns, column j is at values + j · stride; by rows, row k is at values + k · stride.
    struct Block {
        const double* values;
        Index stride;
        bool by_column;
    };
    // Until the next call.
    Block read(Index first, Index count);

private:
    DenseView X_;
    LoadRun load_;
    Index n_columns_;
    bool by_column_, in_place_;
    Matrix buffer_;  // converted elements: a block by columns, or its transpose by rows
};

}  // namespace fastreg
