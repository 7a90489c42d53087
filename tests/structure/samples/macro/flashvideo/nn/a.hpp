// SPDX-License-Identifier: MIT
#pragma once
#ifdef _OPENMP
#endif
