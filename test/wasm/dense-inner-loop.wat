loop
local.get 9
v128.load32_splat
local.set 11
local.get 10
v128.load
local.set 12
local.get 11
local.get 12
f32x4.mul
local.get 4
f32x4.add
local.set 4
local.get 9
v128.load32_splat offset=24
local.set 13
local.get 13
local.get 12
f32x4.mul
local.get 5
f32x4.add
local.set 5
local.get 9
v128.load32_splat offset=48
local.set 14
local.get 14
local.get 12
f32x4.mul
local.get 6
f32x4.add
local.set 6
local.get 9
v128.load32_splat offset=72
local.set 15
local.get 15
local.get 12
f32x4.mul
local.get 7
f32x4.add
local.set 7
local.get 9
i32.const 4
i32.add
local.set 9
local.get 10
i32.const 16
i32.add
local.set 10
local.get 8
i32.const 1
i32.add
local.tee 8
i32.const 6
i32.lt_s
br_if 0
end
