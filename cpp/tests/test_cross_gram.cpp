// Watched rows and members come and go in any order; the entries must stay those of their pairs.
#include "fastreg/solver/cross_gram.hpp"

#include "check.hpp"

namespace {

using fastreg::CrossGram;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

void check_entries(const CrossGram& cross, const Matrix& gram, const std::vector<Index>& members,
                   const std::string& what) {
    check::that(cross.cols() == static_cast<Index>(members.size()), what + ": members");
    for (Index r = 0; r < cross.rows(); ++r) {
        const Index i = cross.position(r);
        check::that(cross.contains(i) && cross.row_of(i) == r, what + ": row of a position");
        for (Index c = 0; c < cross.cols(); ++c)
            check::that(cross.row(r)[c] == gram(i, members[static_cast<std::size_t>(c)]),
                        what + ": entry");
    }
}

Vector entries(const Matrix& gram, Index position, const std::vector<Index>& others) {
    Vector out(static_cast<Index>(others.size()));
    for (Index k = 0; k < out.size(); ++k)
        out[k] = gram(position, others[static_cast<std::size_t>(k)]);
    return out;
}

void test_changes() {
    const Index p = 60;
    const Matrix X = check::random_matrix(20, p, 5), gram = X.transpose() * X;
    CrossGram cross;
    std::vector<Index> members;
    const auto append = [&](Index i) {
        cross.append_member(entries(gram, i, cross.watched()));
        members.push_back(i);
    };
    for (Index i = 0; i < 10; ++i) append(i);
    cross.reserve(0, 10, p);
    for (Index i = 20; i < 50; ++i) cross.watch(i, entries(gram, i, members));
    check_entries(cross, gram, members, "watched");
    for (Index i : {20, 49, 35, 36}) {
        cross.forget(i);
        check::that(!cross.contains(i), "forgotten");
        check_entries(cross, gram, members, "after forgetting");
    }
    for (Index column : {9, 0, 4}) {
        cross.remove_member(column);
        members.erase(members.begin() + column);
        check_entries(cross, gram, members, "after removing a member");
    }
    for (Index i = 10; i < 20; ++i) append(i);
    cross.watch(20, entries(gram, 20, members));
    check_entries(cross, gram, members, "grown again");
    cross.clear();
    check::that(cross.rows() == 0 && cross.cols() == 0 && !cross.contains(21), "cleared");
}

}  // namespace

int main() {
    test_changes();
    return check::report("cross_gram");
}
