// SPDX-License-Identifier: MIT
// No include guard: what the headers of others define before ours may come. Each macro is of the kind (object, function)
// that it is there. Our headers use none of these words as an identifier (header_names.cpp), and compile behind them.

// Qt, qtmetamacros.h and qglobal.h without QT_NO_KEYWORDS
#define signals public
#define slots
#define emit
#define foreach(variable, container) for (variable : container)
#define forever for (;;)

// Windows, windows.h without NOMINMAX and what it includes
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define NEAR
#define FAR
#define small char
#define hyper __int64
#define interface struct
#define pascal __stdcall
#define cdecl __cdecl
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define STRICT 1
#define ERROR 0
#define NO_ERROR 0L
#define DELETE (0x00010000L)
#define INFINITE 0xFFFFFFFF
#define IGNORE 0
#define ABSOLUTE 1
#define RELATIVE 2
#define TRANSPARENT 1
#define OPAQUE 2
#define ALTERNATE 1
#define WINDING 2
#define DOMAIN 1
#define SING 2
#define OVERFLOW 3
#define UNDERFLOW 4
#define RGB(r, g, b) ((r) | ((g) << 8) | ((b) << 16))
#define Yield()
#define GetCurrentTime() GetTickCount()
#define GetObject GetObjectW
#define GetMessage GetMessageW
#define SendMessage SendMessageW
#define LoadString LoadStringW
#define LoadImage LoadImageW
#define DrawText DrawTextW
#define CreateFile CreateFileW
#define DeleteFile DeleteFileW
#define MoveFile MoveFileW
#define CopyFile CopyFileW
#define ReplaceFile ReplaceFileW
#define CreateDirectory CreateDirectoryW
#define RemoveDirectory RemoveDirectoryW
#define CreateSemaphore CreateSemaphoreW
#define CreateEvent CreateEventW
#define ReportEvent ReportEventW

// X11, X.h and Xlib.h
#define Status int
#define Bool int
#define True 1
#define False 0
#define None 0L
#define Success 0
#define Always 2
#define Complex 0
#define Convex 2
#define Nonconvex 1
#define Above 0
#define Below 1
#define Absolute 1
#define Unsorted 0
#define KeyPress 2
#define KeyRelease 3
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define CurrentTime 0L
#define NoSymbol 0L
#define NormalState 1
#define ControlMask (1 << 2)
#define LineSolid 0
#define Button1 1

// glibc's sys/sysmacros.h, g++ without -std=c++, autoconf's config.h, and what many a program has
#define major(dev) gnu_dev_major(dev)
#define minor(dev) gnu_dev_minor(dev)
#define makedev(major, minor) gnu_dev_makedev(major, minor)
#undef linux
#define linux 1
#undef unix
#define unix 1
#define i386 1
#define PAGE_SIZE 4096
#define VERSION "1.0"
#define PACKAGE "a program"
#define DEBUG 1
#define INFO 1
#define WARNING 2
#define ASSERT(x) ((void)(x))
#define LOG(x) ((void)(x))
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define PI 3.14159265358979
