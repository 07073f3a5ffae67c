#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""smoke.py - bench.py in few rounds, so that it cannot rot; no time is judged"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.argv[1:] = ["--smoke"]
import bench

sys.exit(bench.main())
