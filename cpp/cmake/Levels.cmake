# Instruction-set levels. This is the only file with processor flags in it.
# The feature sets that these flags allow are tested at run time by bindings/cpu_levels.hpp.

include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)

set(FASTREG_BEST_LEVEL_SOURCE "${CMAKE_CURRENT_LIST_DIR}/best_level.cpp")

if(MSVC)
    set(FASTREG_FLAG_v3 /arch:AVX2)
    set(FASTREG_FLAG_v4 /arch:AVX512)
else()
    set(FASTREG_FLAG_v3 -march=x86-64-v3)
    set(FASTREG_FLAG_v4 -march=x86-64-v4)
endif()

# All levels that this compiler can build for the target processor.
function(fastreg_possible_levels result)
    set(levels baseline)
    check_cxx_source_compiles("
        #if !(defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC)))
        #error not x86-64
        #endif
        int main() {}" FASTREG_IS_X86_64)
    if(FASTREG_IS_X86_64)
        foreach(level IN ITEMS v3 v4)
            check_cxx_compiler_flag("${FASTREG_FLAG_${level}}" FASTREG_HAS_FLAG_${level})
            if(FASTREG_HAS_FLAG_${level})
                list(APPEND levels ${level})
            endif()
        endforeach()
    endif()
    set(${result} "${levels}" PARENT_SCOPE)
endfunction()

# What somebody who builds for this machine needs: the baseline, which also runs elsewhere, and the
# best level that runs here. All of them where the program can't be run, as for another processor.
function(fastreg_levels_for_here result possible)
    set(levels ${possible})
    if(FASTREG_IS_X86_64 AND NOT CMAKE_CROSSCOMPILING)
        try_run(ran compiled "${CMAKE_CURRENT_BINARY_DIR}/best_level" "${FASTREG_BEST_LEVEL_SOURCE}"
                CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON RUN_OUTPUT_VARIABLE best)
        if(compiled AND ran EQUAL 0)
            string(STRIP "${best}" best)
            set(levels baseline ${best})
            list(REMOVE_DUPLICATES levels)
        endif()
    endif()
    set(${result} "${levels}" PARENT_SCOPE)
endfunction()

function(fastreg_resolve_levels result)
    fastreg_possible_levels(possible)
    if(FASTREG_LEVELS STREQUAL "auto")
        fastreg_levels_for_here(levels "${possible}")
    elseif(FASTREG_LEVELS STREQUAL "all")
        set(levels ${possible})
    else()
        # A comma is easier than a semicolon to pass through a shell.
        string(REPLACE "," ";" levels "${FASTREG_LEVELS}")
    endif()
    foreach(level IN LISTS levels)
        if(NOT level IN_LIST possible)
            message(FATAL_ERROR "FASTREG_LEVELS has '${level}', but for this processor the compiler "
                                "can build: ${possible}.")
        endif()
    endforeach()
    message(STATUS "Instruction-set levels: ${levels}")
    set(${result} "${levels}" PARENT_SCOPE)
endfunction()
