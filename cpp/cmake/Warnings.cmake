# Warnings for our own targets only: Eigen and pybind11 are SYSTEM includes.

function(fastreg_set_warnings target)
    if(MSVC)
        target_compile_options(${target} PRIVATE /W4 /permissive- /utf-8)
        if(FASTREG_WERROR)
            target_compile_options(${target} PRIVATE /WX)
        endif()
        return()
    endif()
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
        -Wdouble-promotion -Wnon-virtual-dtor -Woverloaded-virtual)
    # GCC's own AVX-512 intrinsics set this off (GCC bug 105593), far from our lines.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(FASTREG_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()
