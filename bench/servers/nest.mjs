// NestJS 12 on Fastify. Its decorators are applied as functions, which is what a compiler makes of them: type stripping
// has no decorators.
import 'reflect-metadata'
import { Body, Controller, Get, HttpCode, Module, Param, ParseIntPipe, Post, ValidationPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { IsBoolean, IsEmail, IsInt, IsNumber, IsString, Length, Max, Min } from 'class-validator'
import { HELLO, payloadOf, port, scenario } from '../work.ts'

class Order {}
const rules = {
  name: [IsString(), Length(1, 100)],
  email: [IsEmail()],
  quantity: [IsInt(), Min(1), Max(100)],
  price: [IsNumber(), Min(0)],
  gift: [IsBoolean()],
}
for (const [field, decorators] of Object.entries(rules))
  for (const decorate of decorators) decorate(Order.prototype, field)

const value = payloadOf(scenario === 'reply-100k' ? 100_000 : 1_000)
class AppController {
  hello() {
    return HELLO
  }
  reply() {
    return value
  }
  order(id, { name, quantity, price }) {
    return { id, name, total: quantity * price }
  }
}
const on = (method, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, method)
  for (const decorate of decorators) decorate(AppController.prototype, method, descriptor)
}
on('hello', Get('/hello'))
on('reply', Get('/reply'))
on('order', Post('/orders/:id'), HttpCode(200))
Param('id', ParseIntPipe)(AppController.prototype, 'order', 0)
Body()(AppController.prototype, 'order', 1)
Reflect.defineMetadata('design:paramtypes', [Number, Order], AppController.prototype, 'order')
Controller()(AppController)

class AppModule {}
Module({ controllers: [AppController] })(AppModule)
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }))
await app.listen(port, '127.0.0.1')
