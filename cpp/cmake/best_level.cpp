// Prints the best level that runs on the machine that builds.

#include <cstdio>

#include "../bindings/cpu_levels.hpp"

int main() { std::puts(fastreg::cpu::supported_levels().back().c_str()); }
