import { NestFactory } from '@nestjs/core';
import { M } from 'nestjs-hot-config';
const app = await NestFactory.createApplicationContext(M);
console.log('service2 up', import.meta.url);
await app.close();
